"""How characters are read in names of people where a dictionary's first reading is not the only or not the right one.

Plain pinyin without tones, ü written v. A reading that differs in tone alone (任, 华, 过, 应) needs no entry. What the
dictionary reads first is always tried too, so an entry adds ways to be found and takes none away; in ``SURNAMES`` the
first reading given is the one a name is sorted by. Both scripts are listed where they differ.
"""

from __future__ import annotations

from collections.abc import Mapping


def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    pairs = (entry.split(":") for entry in text.split())
    return {signs: tuple(readings.split(",")) for signs, readings in pairs}


# A character at the head of a name.
SURNAMES = _table(
    """
    单:shan 單:shan 曾:zeng 解:xie 仇:qiu 查:zha 区:ou 區:ou 朴:piao 盖:ge,gai 蓋:ge,gai 繁:po 员:yun 員:yun 贠:yun
    貟:yun 缪:miao 繆:miao 乐:yue,le 樂:yue,le 翟:zhai,di 覃:qin,tan 种:chong 重:chong 折:she 秘:bi 祕:bi 洗:xian
    黑:he 乜:nie 召:shao 谌:chen,shen 諶:chen,shen 郇:xun,huan 郗:xi,chi 郄:qie,xi 隗:wei,kui 佴:nai 晟:cheng,sheng
    柏:bai,bo 费:fei,bi 費:fei,bi 句:gou 阚:kan 能:nai 省:xing 莘:shen,xin 藏:zang 祭:zhai 賁:ben 都:du 隽:juan,jun
    雋:juan,jun 会:gui,kuai 會:gui,kuai 牟:mu,mou 宓:mi,fu 尉:wei,yu 颉:xie 阿:e,a 薄:bo 谷:gu,yu 炅:gui 逢:pang
    角:jue 俞:yu,shu 卜:bu 行:xing,hang 恶:wu 惡:wu 镡:tan,chan 鐔:tan,chan 适:kuo,shi
    """
)

# Several characters that are one surname, where single readings would not give it; one reading for each of them.
COMPOUND_SURNAMES = _table(
    "尉迟:yu,chi 尉遲:yu,chi 万俟:mo,qi 萬俟:mo,qi 单于:chan,yu 單于:chan,yu 澹台:tan,tai 澹臺:tan,tai 乐正:yue,zheng"
    " 樂正:yue,zheng 句龙:gou,long 句龍:gou,long 吐谷浑:tu,yu,hun 吐谷渾:tu,yu,hun 子车:zi,ju 子車:zi,ju"
)

# Anywhere in a name: readings that parents do choose, beside the first one of the dictionary.
COMMON = _table(
    """
    乐:le,yue 樂:le,yue 行:xing,hang 长:chang,zhang 長:chang,zhang 朝:chao,zhao 重:zhong,chong 盛:sheng,cheng
    晟:sheng,cheng 茜:qian,xi 莘:shen,xin 卜:bu,bo 大:da,dai 沈:shen,chen 参:can,shen 參:can,shen 藏:zang,cang
    传:chuan,zhuan 傳:chuan,zhuan 调:diao,tiao 調:diao,tiao 都:du,dou 佛:fo,fu 和:he,huo 会:hui,kuai 會:hui,kuai
    强:qiang,jiang 強:qiang,jiang 觉:jue,jiao 覺:jue,jiao 隽:jun,juan 雋:jun,juan 浚:jun,xun 卡:ka,qia 率:shuai,lv
    露:lu,lou 蔓:man,wan 脉:mai,mo 宓:mi,fu 模:mo,mu 娜:na,nuo 那:na,nuo 朴:pu,piao 奇:qi,ji 其:qi,ji 厦:xia,sha
    廈:xia,sha 杉:shan,sha 省:sheng,xing 石:shi,dan 识:shi,zhi 識:shi,zhi 什:shi,shen 说:shuo,yue 說:shuo,yue
    汤:tang,shang 湯:tang,shang 拓:tuo,ta 蔚:wei,yu 尉:wei,yu 系:xi,ji 校:xiao,jiao 宿:su,xiu 叶:ye,xie 员:yuan,yun
    員:yuan,yun 筠:yun,jun 曾:zeng,ceng 择:ze,zhai 擇:ze,zhai 仔:zi,zai 炅:jiong,gui 粘:nian,zhan 车:che,ju 車:che,ju
    单:dan,shan 單:dan,shan 解:jie,xie 降:jiang,xiang 角:jiao,jue 缪:miao,mou 繆:miao,mou 柏:bai,bo 伯:bo,bai 泊:bo,po
    薄:bo,bao 堡:bao,bu 便:bian,pian 屏:ping,bing 合:he,ge 虹:hong,jiang 圈:quan,juan 纤:xian,qian 翟:zhai,di
    折:zhe,she 谷:gu,yu 六:liu,lu 陆:lu,liu 陸:lu,liu 落:luo,la 冒:mao,mo 南:nan,na 栖:qi,xi 棲:qi,xi 稽:ji,qi
    靓:jing,liang 靚:jing,liang 劲:jin,jing 勁:jin,jing 景:jing,ying 句:ju,gou 提:ti,di 汶:wen,men 辟:bi,pi 氏:shi,zhi
    殷:yin,yan 区:qu,ou 區:qu,ou 查:cha,zha 盖:gai,ge 蓋:gai,ge 仇:chou,qiu 种:zhong,chong 種:zhong,chong 洗:xi,xian
    召:zhao,shao 能:neng,nai 秘:mi,bi 俞:yu,shu 适:shi,kuo 澄:cheng,deng 乘:cheng,sheng 阿:a,e 给:ji,gei 給:ji,gei
    桔:ju,jie 扎:zha,za 亲:qin,qing 親:qin,qing 吾:wu,ya 颉:jie,xie 頡:jie,xie
    """
)
